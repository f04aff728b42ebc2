package io.antiphon.tensorboard;

import io.antiphon.core.Png;
import java.util.Map;

/// Events as TensorBoard reads them.
///
/// The numbers of fields are those of `event.proto` and `summary.proto` in TensorBoard's
/// `compat/proto`, and of `plugin_data.proto` and `api.proto` in its plug-in `hparams`.
final class Event {
  private static final String VERSION = "brain.Event:2";
  private static final int START = 1; // SessionLog
  private static final int STRING = 7; // DataType DT_STRING

  private static final String TEXT = "text";
  private static final String HPARAMS = "hparams";

  private Event() {}

  /// How a run went, as the plug-in `hparams` has it.
  enum Status {
    UNKNOWN(0),
    SUCCESS(1),
    FAILURE(2);

    private final int number;

    Status(int number) {
      this.number = number;
    }
  }

  /// {@return what a file begins with}
  static byte[] version(double time) {
    return new Message().real(1, time).text(3, VERSION).toBytes();
  }

  /// {@return that a run goes on: what was of this step and later ones is void}
  static byte[] goesOn(double time, long step) {
    var log = new Message().whole(1, START);
    return new Message().real(1, time).whole(2, step).message(7, log).toBytes();
  }

  static byte[] scalar(double time, long step, String tag, double value) {
    return event(time, step, new Message().text(1, tag).narrow(2, (float) value));
  }

  static byte[] histogram(double time, long step, String tag, Histogram histogram) {
    var message =
        new Message()
            .real(1, histogram.least())
            .real(2, histogram.most())
            .real(3, histogram.count())
            .real(4, histogram.sum())
            .real(5, histogram.squares())
            .packed(6, histogram.limits())
            .packed(7, histogram.counts());
    return event(time, step, new Message().text(1, tag).message(5, message));
  }

  static byte[] image(double time, long step, String tag, Png image) {
    var message =
        new Message()
            .whole(1, image.height())
            .whole(2, image.width())
            .whole(3, image.channels())
            .bytes(4, image.toBytes());
    return event(time, step, new Message().text(1, tag).message(4, message));
  }

  /// @param markdown the text
  static byte[] text(double time, long step, String tag, String markdown) {
    var one = new Message().message(2, new Message().whole(1, 1)); // of one dimension, of length 1
    var tensor = new Message().whole(1, STRING).message(2, one).text(8, markdown);
    return event(
        time, step, new Message().text(1, tag).message(9, plugin(TEXT)).message(8, tensor));
  }

  private static Message plugin(String name) {
    return new Message().message(1, new Message().text(1, name));
  }

  /// {@return what a run was asked to do}
  ///
  /// @param name the run's
  /// @param hypers numbers, words and `true` or `false` by name
  static byte[] begin(double time, String name, Map<String, String> hypers) {
    var info = new Message();
    hypers.forEach(
        (hyper, text) -> info.message(1, new Message().text(1, hyper).message(2, value(text))));
    info.text(4, name).real(5, time);
    return hparams(time, "_hparams_/session_start_info", 3, info);
  }

  /// {@return how a run went}
  static byte[] end(double time, Status status) {
    var info = new Message().whole(1, status.number).real(2, time);
    return hparams(time, "_hparams_/session_end_info", 4, info);
  }

  /// {@return what runs beside each other are compared by}
  ///
  /// @param tags of scalars
  static byte[] experiment(double time, Map<String, String> hypers, Iterable<String> tags) {
    var experiment = new Message().real(3, time);
    hypers.forEach(
        (hyper, text) -> experiment.message(4, new Message().text(1, hyper).whole(4, type(text))));
    for (String tag : tags) {
      experiment.message(5, new Message().message(1, new Message().text(2, tag)));
    }
    return hparams(time, "_hparams_/experiment", 2, experiment);
  }

  private static byte[] hparams(double time, String tag, int field, Message data) {
    var content = new Message().whole(1, 0).message(field, data); // of version 0
    var plugin = new Message().text(1, HPARAMS).bytes(2, content.toBytes());
    return event(time, 0, new Message().text(1, tag).message(9, new Message().message(1, plugin)));
  }

  private static int type(String text) {
    if (isBoolean(text)) {
      return 2;
    }
    return isNumber(text) ? 3 : 1;
  }

  private static Message value(String text) {
    if (isBoolean(text)) {
      return new Message().whole(4, Boolean.parseBoolean(text) ? 1 : 0);
    }
    return isNumber(text)
        ? new Message().real(2, Double.parseDouble(text))
        : new Message().text(3, text);
  }

  private static boolean isBoolean(String text) {
    return text.equals("true") || text.equals("false");
  }

  private static boolean isNumber(String text) {
    return text.matches("[-+]?[0-9]+(\\.[0-9]*)?([eE][-+]?[0-9]{1,3})?");
  }

  private static byte[] event(double time, long step, Message value) {
    return new Message()
        .real(1, time)
        .whole(2, step)
        .message(5, new Message().message(1, value))
        .toBytes();
  }
}
