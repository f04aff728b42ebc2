/// Small models: [io.antiphon.models.Mlp] and [io.antiphon.models.Cnn]; several networks in one:
/// [io.antiphon.models.Networks].
package io.antiphon.models;
