/// Images from files: folders of classes, or a table of names and labels.
package io.antiphon.vision;
