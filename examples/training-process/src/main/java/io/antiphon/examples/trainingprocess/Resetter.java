package io.antiphon.examples.trainingprocess;

import io.antiphon.core.Callback;
import io.antiphon.core.Pass;
import io.antiphon.models.ModelResetter;

/// Makes a recurrent model forget where a part begins.
final class Resetter implements Callback {
  @Override
  public void beforeTrain(Pass pass) {
    ModelResetter.reset(pass.fit().model());
  }

  @Override
  public void beforeValidate(Pass pass) {
    ModelResetter.reset(pass.fit().model());
  }
}
