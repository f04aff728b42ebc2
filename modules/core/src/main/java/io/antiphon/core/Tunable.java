package io.antiphon.core;

/// A number of a callback that may change during a run, such as mixup's alpha or a dropout rate.
///
/// The callback that owns it reads [#get] where it needs the number and offers it in
/// [Callback#tunables]. A value set here stays. One set through a scope ([Scope#set(Tunable,
/// double)]) lies over it until the scope ends.
public final class Tunable {
  private final String name;
  private final double least;
  private final double most;
  private final Layered<Double> value;

  /// @param name in kebab-case, as the option that gives its first value
  /// @param value the first value
  /// @param least the least allowed value
  /// @param most the greatest allowed value
  public Tunable(String name, double value, double least, double most) {
    this.name = name;
    this.least = least;
    this.most = most;
    this.value = new Layered<>(checked(value));
  }

  /// {@return the name}
  public String name() {
    return name;
  }

  /// {@return the value in force}
  public double get() {
    return value.get();
  }

  /// {@return the least allowed value}
  public double least() {
    return least;
  }

  /// {@return the greatest allowed value}
  public double most() {
    return most;
  }

  /// Sets a value that stays; layers of open scopes still lie over it.
  ///
  /// @throws IllegalArgumentException if it is out of range
  public void set(double value) {
    this.value.base(checked(value));
  }

  Layered<Double> layered() {
    return value;
  }

  double checked(double value) {
    return Check.within(name, value, least, most);
  }

  @Override
  public String toString() {
    return name + " " + get();
  }
}
