package io.antiphon.torch;

import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Keeps the memory of Java that graphs read, for as long as they may read it.
///
/// What DJL makes of Java's data, the number of `x.mul(0.5)` too, lies in a direct buffer that only
/// the array holds, and DJL closes the array of such a number at once. The graph goes on reading
/// the buffer in its backward pass; if the garbage collector ran before, the gradients are computed
/// with whatever lies there then. With this the buffers of closed arrays live until [#release].
public final class GraphMemory implements AutoCloseable {
  private static final VarHandle RESOURCES = find();

  private final List<ByteBuffer> kept = new ArrayList<>();
  private boolean closed;

  /// Keeps nothing yet.
  public GraphMemory() {}

  /// Keeps the buffers of arrays of a manager that are closed from now on, and of all managers
  /// under it, those to come too.
  public void keep(NDManager manager) {
    if (manager instanceof BaseNDManager base) {
      synchronized (base) { // as DJL's own methods that change it
        if (RESOURCES.get(base) instanceof Resources resources) {
          resources.memory = this;
        } else {
          RESOURCES.set(base, new Resources(this, resources(base)));
        }
        resources(base).forEach((_, resource) -> keepUnder(resource));
      }
    }
  }

  /// Lets go of what was kept: no graph that reads it is left.
  public synchronized void release() {
    kept.clear();
  }

  /// Lets go of what was kept, and keeps nothing more.
  @Override
  public synchronized void close() {
    closed = true;
    kept.clear();
  }

  private void keepUnder(AutoCloseable resource) {
    if (resource instanceof NDManager manager) {
      keep(manager);
    }
  }

  private void keepBuffer(@Nullable AutoCloseable resource) {
    ByteBuffer buffer = resource instanceof PtNDArray array ? JavaBuffer.of(array) : null;
    if (buffer != null) {
      synchronized (this) {
        if (!closed) {
          kept.add(buffer);
        }
      }
    }
  }

  @SuppressWarnings("unchecked") // its declared type
  private static ConcurrentHashMap<String, AutoCloseable> resources(BaseNDManager manager) {
    return (ConcurrentHashMap<String, AutoCloseable>) RESOURCES.get(manager);
  }

  private static VarHandle find() {
    try {
      return MethodHandles.privateLookupIn(BaseNDManager.class, MethodHandles.lookup())
          .findVarHandle(BaseNDManager.class, "resources", ConcurrentHashMap.class);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "module ai.djl.api must be automatic, or open ai.djl.ndarray to io.antiphon.torch", e);
    }
  }

  /// What a manager holds: DJL takes an array out when it closes it, and looks at all when it
  /// closes the manager.
  @SuppressWarnings("serial") // never written
  private static final class Resources extends ConcurrentHashMap<String, AutoCloseable> {
    private volatile GraphMemory memory;

    Resources(GraphMemory memory, ConcurrentHashMap<String, AutoCloseable> resources) {
      super(resources);
      this.memory = memory;
    }

    @Override
    public @Nullable AutoCloseable put(String id, AutoCloseable resource) {
      memory.keepUnder(resource);
      return super.put(id, resource);
    }

    @Override
    public @Nullable AutoCloseable remove(Object id) {
      AutoCloseable resource = super.remove(id);
      memory.keepBuffer(resource);
      return resource;
    }

    @Override
    public Collection<AutoCloseable> values() {
      Collection<AutoCloseable> all = super.values();
      all.forEach(memory::keepBuffer);
      return all;
    }
  }
}
