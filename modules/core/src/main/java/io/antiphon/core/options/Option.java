package io.antiphon.core.options;

/// One option of a component, for people.
///
/// @param name in kebab-case; `outer.inner` for an option within an option
/// @param type what may be given: `integer`, `number`, `true|false`, `text`, `path`, the names of a
///   choice, `list of …`
/// @param value its default, as one would write it
/// @param summary what it means; empty if nobody said
public record Option(String name, String type, String value, String summary) {}
