/// Small models: [io.antiphon.models.Mlp] and [io.antiphon.models.Cnn].
package io.antiphon.models;
