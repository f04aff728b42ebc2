package io.antiphon.core.options;

import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Provider;
import java.lang.module.ModuleDescriptor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Spliterator;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The components that there are, by kind and id.
///
/// They come from a list of module layers. Making a catalog loads the classes of their options and
/// makes none. A component that is broken does not hide the others.
public final class Catalog {
  private static final Pattern KEBAB = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");

  private final List<Component<?>> components = new ArrayList<>();
  private final List<Broken> broken = new ArrayList<>();

  private Catalog() {}

  /// A component that cannot be used.
  ///
  /// @param what kind and id, or the class, as far as they are known
  /// @param module the module that provides it; empty if unknown
  /// @param because the reason, a clause
  public record Broken(String what, String module, String because) {
    @Override
    public String toString() {
      return "%s%s is broken: %s"
          .formatted(what, module.isEmpty() ? "" : " of module " + module, because);
    }
  }

  /// {@return the components of the boot layer}
  public static Catalog boot() {
    return of(List.of(ModuleLayer.boot()));
  }

  /// {@return the components of some layers}
  ///
  /// @param layers the boot layer first, then one per folder of plug-ins
  public static Catalog of(List<ModuleLayer> layers) {
    var catalog = new Catalog();
    for (Kind<?> kind : Kind.all()) {
      for (ModuleLayer layer : layers) {
        catalog.scan(kind, layer);
      }
    }
    catalog.finish();
    return catalog;
  }

  /// {@return these components and those of more providers}
  public Catalog with(Provider... providers) {
    var more = new Catalog();
    more.components.addAll(components);
    more.broken.addAll(broken);
    for (Provider provider : providers) {
      for (Kind<?> kind : Kind.all()) {
        more.addInstance(kind, provider);
      }
    }
    more.finish();
    return more;
  }

  private <P extends Provider> void addInstance(Kind<P> kind, Provider provider) {
    if (kind.service().isInstance(provider)) {
      P cast = kind.service().cast(provider);
      add(kind, provider.getClass(), () -> cast);
    }
  }

  private <P extends Provider> void scan(Kind<P> kind, ModuleLayer layer) {
    Spliterator<ServiceLoader.Provider<P>> found =
        ServiceLoader.load(layer, kind.service()).stream().spliterator();
    String last = "";
    while (true) {
      try {
        if (!found.tryAdvance(provider -> addFrom(layer, kind, provider))) {
          return;
        }
      } catch (RuntimeException | Error e) { // a plug-in may throw anything
        String because = reason(e);
        if (because.equals(last)) {
          return; // a loader that stands still
        }
        last = because;
        broken.add(unreadable(kind, layer, e, because));
      }
    }
  }

  /// {@return a provider of which no more is known than what its loading threw}
  private static Broken unreadable(
      Kind<?> kind, ModuleLayer layer, Throwable failure, String because) {
    String said = failure + " " + because;
    for (Module module : layer.modules()) {
      for (ModuleDescriptor.Provides provides : module.getDescriptor().provides()) {
        if (provides.service().equals(kind.service().getName())) {
          for (String provider : provides.providers()) {
            if (said.contains(provider) || said.contains(provider.replace('.', '/'))) {
              return new Broken(kind + " provider " + provider, module.getName(), because);
            }
          }
        }
      }
    }
    return new Broken("a " + kind + " provider", "", because);
  }

  private <P extends Provider> void addFrom(
      ModuleLayer layer, Kind<P> kind, ServiceLoader.Provider<P> provider) {
    Class<?> type = provider.type();
    // a layer's loader gives the providers of its parents, too
    if (!layer.equals(type.getModule().getLayer())) {
      return;
    }
    try {
      add(kind, type, provider);
    } catch (RuntimeException | Error e) { // annotations that cannot be read
      broken.add(new Broken(kind + " provider " + type.getName(), module(type), reason(e)));
    }
  }

  private <P extends Provider> void add(Kind<P> kind, Class<?> type, Supplier<? extends P> source) {
    Id id = type.getAnnotation(Id.class);
    if (type.isRecord() && id != null && KEBAB.matcher(id.value()).matches()) {
      components.add(new Component<>(kind, id.value(), type, source));
      return;
    }
    String because;
    if (!type.isRecord()) {
      because = "it is no record; a component is the record of its options";
    } else if (id == null) {
      because = "it has no @Id; write one on the record";
    } else {
      because =
          "its id '%s' is not lower-case letters, digits and hyphens, a letter first"
              .formatted(id.value());
    }
    broken.add(new Broken(kind + " provider " + type.getName(), module(type), because));
  }

  private static String module(Class<?> type) {
    return type.getModule().isNamed() ? type.getModule().getName() : "";
  }

  private void finish() {
    components.sort(
        Comparator.<Component<?>>comparingInt(component -> Kind.all().indexOf(component.kind()))
            .thenComparing(Component::id));
  }

  /// {@return all components, by kind and then by id}
  public List<Component<?>> components() {
    return List.copyOf(components);
  }

  /// {@return the components of a kind, by id}
  public <P extends Provider> List<Component<P>> components(Kind<P> kind) {
    var matching = new ArrayList<Component<P>>();
    for (Component<?> component : components) {
      if (component.kind() == kind) {
        @SuppressWarnings("unchecked") // a component's kind tells its provider's type
        var cast = (Component<P>) component;
        matching.add(cast);
      }
    }
    return List.copyOf(matching);
  }

  /// {@return the providers that cannot be used, and the ids that several modules claim}
  ///
  /// Makes every component's options, to see whether they can be made and be read.
  public List<Broken> broken() {
    var all = new ArrayList<>(broken);
    for (Component<?> component : components) {
      try {
        component.options();
      } catch (RuntimeException | Error e) {
        all.add(new Broken(component.toString(), component.module(), reason(e)));
      }
    }
    for (Kind<?> kind : Kind.all()) {
      components(kind).stream()
          .map(Component::id)
          .distinct()
          .forEach(id -> duplicates(kind, id, all));
    }
    return List.copyOf(all);
  }

  private <P extends Provider> void duplicates(Kind<P> kind, String id, List<Broken> into) {
    List<Component<P>> claims = named(kind, id);
    if (claims.size() > 1) {
      into.add(new Broken(claims.getFirst().toString(), "", claimed(claims)));
    }
  }

  /// {@return a component by its id, if there is just one}
  public <P extends Provider> Optional<Component<P>> find(Kind<P> kind, String id) {
    List<Component<P>> claims = named(kind, id);
    return claims.size() == 1 ? Optional.of(claims.getFirst()) : Optional.empty();
  }

  /// {@return a component by its id}
  ///
  /// @param place where the id was written
  /// @throws OptionException if there is none, or several modules claim the id, or it is broken
  public <P extends Provider> Component<P> get(Kind<P> kind, String id, Place place) {
    List<Component<P>> claims = named(kind, id);
    if (claims.isEmpty()) {
      List<String> ids = components(kind).stream().map(Component::id).toList();
      throw new OptionException(
          place,
          "there is no %s '%s'%s%s"
              .formatted(
                  kind,
                  id,
                  Spelling.hint(id, ids, "there are"),
                  Spelling.nearest(id, ids).isPresent()
                      ? ""
                      : "; the module that provides it may be missing here" + brokenOf(kind)));
    }
    Component<P> component = claims.getFirst();
    if (claims.size() > 1) {
      throw new OptionException(place, component + ": " + claimed(claims));
    }
    try {
      component.options();
    } catch (RuntimeException | Error e) {
      throw new OptionException(
          place, new Broken(component.toString(), component.module(), reason(e)).toString());
    }
    return component;
  }

  /// {@return the providers of a kind whose ids nobody could read, to end a sentence}
  private String brokenOf(Kind<?> kind) {
    String all =
        broken.stream()
            .filter(each -> each.what().contains(kind + " provider"))
            .map(Broken::toString)
            .collect(Collectors.joining("; "));
    return all.isEmpty() ? "" : "; " + all;
  }

  private <P extends Provider> List<Component<P>> named(Kind<P> kind, String id) {
    return components(kind).stream().filter(component -> component.id().equals(id)).toList();
  }

  private static <P extends Provider> String claimed(List<Component<P>> claims) {
    return "several modules provide this id, leave all but one out: "
        + String.join(", ", claims.stream().map(Component::origin).toList());
  }

  private static String reason(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null && saysLessThanItsCause(root)) {
      root = root.getCause();
    }
    String message = root.getMessage();
    if (root instanceof IllegalStateException || root instanceof ServiceConfigurationError) {
      return message == null ? root.toString() : message;
    }
    return root.toString();
  }

  // a class that could not be initialised says why only the first time
  private static boolean saysLessThanItsCause(Throwable failure) {
    return failure instanceof ServiceConfigurationError
        || failure instanceof ExceptionInInitializerError
        || (failure instanceof NoClassDefFoundError
            && failure.getCause() instanceof ExceptionInInitializerError);
  }
}
