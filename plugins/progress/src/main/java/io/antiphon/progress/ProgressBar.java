package io.antiphon.progress;

import java.util.Locale;

/// One picture of a bar.
///
/// @param title what runs: `epoch 2/4`
/// @param done the number of batches that are done
/// @param batches the number of batches that there are
/// @param note what else is known: `loss 0.2134`
/// @param secondsLeft the estimated time until the end of the run; NaN if unknown
record ProgressBar(String title, int done, int batches, String note, double secondsLeft) {
  static final String FULL = "█";
  private static final String EMPTY = "░";
  private static final int LONGEST = 24;
  private static final int SHORTEST = 4;

  /// {@return the bar as text, without a line's end}
  ///
  /// @param width how many characters there is room for
  /// @param blocks whether block characters can be shown; else `#` and `.`
  String line(int width, boolean blocks) {
    var text = new StringBuilder(" %d/%d".formatted(done, batches));
    if (!note.isEmpty()) {
      text.append("  ").append(note);
    }
    if (!Double.isNaN(secondsLeft)) {
      text.append("  ").append(clock(secondsLeft)).append(" left");
    }
    int room = Math.min(LONGEST, width - title.length() - 2 - text.length());
    String line = title + " " + (room < SHORTEST ? "" : " " + cells(room, blocks)) + text;
    return line.length() > width ? line.substring(0, Math.max(0, width)) : line;
  }

  private String cells(int length, boolean blocks) {
    int full = batches == 0 ? 0 : (int) Math.min(length, (long) length * done / batches);
    return (blocks ? FULL : "#").repeat(full) + (blocks ? EMPTY : ".").repeat(length - full);
  }

  /// {@return a time as `0:03` or `1:02:03`}
  static String clock(double seconds) {
    long all = Math.round(seconds);
    return all < 3600
        ? String.format(Locale.ROOT, "%d:%02d", all / 60, all % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", all / 3600, all / 60 % 60, all % 60);
  }
}
