package io.antiphon.study;

import com.google.gson.JsonObject;
import io.antiphon.core.spi.ComparisonPage;
import java.util.List;

/// What a study came to, to be written as it is wanted.
interface Account {
  /// {@return its name for files: `ablation`}
  String name();

  /// {@return its title}
  String title();

  /// {@return its tables for people}
  List<Table> tables();

  /// {@return its numbers for programs in one table, the first row the heads}
  List<List<String>> csv();

  /// {@return the same as JSON}
  JsonObject json();

  /// {@return the picture that goes with a table, in SVG; empty if there is none}
  String picture(Table table);

  /// {@return what is shown by its curves}
  List<ComparisonPage.Run> runs();

  /// {@return in what they differ, each with the value of each}
  java.util.SequencedMap<String, List<String>> differences();
}
