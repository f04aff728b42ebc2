package io.antiphon.progress;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// One picture of a bar.
///
/// What there is no room for goes, the least important first: the words of the rate, the rate, the
/// loss; only then the bar.
///
/// @param title what runs: `epoch 2/4`
/// @param part how far it is
/// @param inner what runs inside of it, with a bar of its own
/// @param loss the smoothed loss; NaN if unknown
/// @param rate samples per second; NaN if unknown
/// @param secondsLeft the estimated time until the end of the run; NaN if unknown
record ProgressBar(
    String title, Part part, Optional<Inner> inner, double loss, double rate, double secondsLeft) {
  static final String FULL = "█";
  private static final String EMPTY = "░";
  private static final int LONGEST = 24;
  private static final int LONGEST_INNER = 12;
  private static final int SHORTEST = 4;
  private static final String GAP = "  ";

  /// How far something is.
  ///
  /// @param done how much is done: batches, for one
  /// @param all how much there is
  record Part(long done, long all) {
    @Override
    public String toString() {
      return all < 1_000_000
          ? done + "/" + all
          : String.format(Locale.ROOT, "%.0f %%", 100.0 * done / all);
    }
  }

  /// Something that runs inside of something else.
  record Inner(String title, Part part) {}

  /// {@return the bar as text, without a line's end}
  ///
  /// @param width how many characters there is room for
  /// @param blocks whether block characters can be shown; else `#` and `.`
  String line(int width, boolean blocks) {
    String line = "";
    for (List<String> notes : notes()) {
      int bars = inner.isPresent() ? 2 : 1;
      int room = width - line(notes, "", "").length() - bars;
      if (room >= bars * SHORTEST) {
        int ofInner = inner.isPresent() ? Math.min(LONGEST_INNER, room / 2) : 0;
        int own = Math.min(LONGEST, room - ofInner);
        return line(
            notes,
            cells(part, own, blocks) + " ",
            inner.map(each -> cells(each.part(), ofInner, blocks) + " ").orElse(""));
      }
      line = line(notes, "", "");
    }
    return line.length() > width ? line.substring(0, Math.max(0, width)) : line;
  }

  private String line(List<String> notes, String bar, String innerBar) {
    var pieces = new ArrayList<String>();
    pieces.add(title);
    pieces.add(bar + part);
    inner.ifPresent(each -> pieces.add(each.title() + " " + innerBar + each.part()));
    pieces.addAll(notes);
    return String.join(GAP, pieces);
  }

  /// {@return what else can be said, the most first}
  private List<List<String>> notes() {
    String left = Double.isNaN(secondsLeft) ? "" : clock(secondsLeft) + " left";
    String said = Double.isNaN(loss) ? "" : String.format(Locale.ROOT, "loss %.4f", loss);
    String samples = Double.isNaN(rate) ? "" : samples(rate);
    return List.of(
        some(said, samples.isEmpty() ? "" : samples + " samples/s", left),
        some(said, samples.isEmpty() ? "" : samples + "/s", left),
        some(said, left),
        some(left));
  }

  private static List<String> some(String... notes) {
    return List.of(notes).stream().filter(note -> !note.isEmpty()).toList();
  }

  private static String samples(double rate) {
    return String.format(Locale.ROOT, rate < 10 ? "%.1f" : "%,.0f", rate);
  }

  private static String cells(Part part, int length, boolean blocks) {
    int full = part.all() == 0 ? 0 : (int) Math.min(length, length * part.done() / part.all());
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
