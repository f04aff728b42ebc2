/// Data sets of DJL by their class, and its basic ones from a local folder.
package io.antiphon.dataset;
