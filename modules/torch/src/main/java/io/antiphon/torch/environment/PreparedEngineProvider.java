package io.antiphon.torch.environment;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineProvider;
import ai.djl.pytorch.engine.PtEngineProvider;

/// DJL's PyTorch engine, loaded into an environment that is prepared for it.
///
/// DJL makes every provider before it loads any engine's libraries, so the environment is prepared
/// by whatever code asks DJL first, be it a program's own.
public final class PreparedEngineProvider implements EngineProvider {
  private final EngineProvider engine = new PtEngineProvider();

  /// Called by DJL.
  public PreparedEngineProvider() {
    Environment.prepare();
  }

  @Override
  public String getEngineName() {
    return engine.getEngineName();
  }

  @Override
  public int getEngineRank() {
    return engine.getEngineRank();
  }

  @Override
  public Engine getEngine() {
    return engine.getEngine();
  }
}
