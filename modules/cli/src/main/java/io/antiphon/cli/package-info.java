/// The `antiphon` command: [io.antiphon.cli.Main] and one class per subcommand.
package io.antiphon.cli;
