/// Typed options: from a tree of values with places in a file to records, and the catalog of
/// components by name.
package io.antiphon.core.options;
