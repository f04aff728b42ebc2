package io.antiphon.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What a bare `throw;` calls in DJL's native library: one entry of its table of functions of other
/// libraries. With another address there, it throws a sentence on every thread.
///
/// The address is that of 26 bytes of our own, which load the sentence and go to the C++ runtime's
/// function that throws it; on other processors than x86-64, and where no memory may be executed,
/// that of the function that throws `std::bad_cast`, which tells no more.
///
/// Of the library's calls of `__cxa_rethrow`, two are bare throws, in the translation of data types
/// and of interpolation modes; the others clean up after C++ containers that ran out of memory, and
/// pass on a `bad_cast` instead. The entry is changed only if it lies in writable memory and holds
/// what the linker has put there. Layouts: ELF-64, chapters 3, 4 and 5; `proc_pid_maps(5)`.
@SuppressWarnings("restricted") // structures of the dynamic linker
final class Rethrow {
  static final String BARE = "std::bad_cast";

  private static final String INSIDE = "Java_ai_djl_pytorch_jni_PyTorchLibrary_torchDeleteTensor";
  private static final String FUNCTION = "__cxa_rethrow";
  private static final String INSTEAD = "_ZSt16__throw_bad_castv";
  private static final String THROW = "_ZSt21__throw_runtime_errorPKc";

  private static final long PAGE = 4096;

  private final MemorySegment entry;
  private final MemorySegment former;
  private final Optional<MemorySegment> sentence;

  private Rethrow(MemorySegment entry) {
    this.entry = entry;
    this.former = entry.get(ADDRESS, 0);
    this.sentence = sentence();
  }

  /// {@return the entry, if it is there and may be changed}
  static Optional<Rethrow> find() {
    try {
      if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN
          || Libtorch.find(INSTEAD).isEmpty()
          || Libtorch.find(INSIDE).isEmpty()) {
        return Optional.empty();
      }
      List<Mapping> all =
          Files.readAllLines(Path.of("/proc/self/maps")).stream().map(Mapping::of).toList();
      long inside = Libtorch.address(INSIDE).address();
      String file = all.stream().filter(m -> m.contains(inside)).findFirst().orElseThrow().file;
      List<Mapping> library = all.stream().filter(m -> m.file.equals(file)).toList();
      long base = library.stream().filter(m -> m.offset == 0).findFirst().orElseThrow().start;
      long at = entry(base);
      boolean writable = all.stream().anyMatch(m -> m.contains(at) && m.access.startsWith("rw"));
      long value = at == 0 ? 0 : word(at);
      boolean usual =
          value == Libtorch.address(FUNCTION).address()
              || library.stream().anyMatch(m -> m.contains(value)); // not bound yet
      return writable && usual
          ? Optional.of(new Rethrow(MemorySegment.ofAddress(at).reinterpret(ADDRESS.byteSize())))
          : Optional.empty();
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  /// Lets bare throws throw.
  void redirect() {
    entry.set(ADDRESS, 0, sentence.orElseGet(() -> Libtorch.address(INSTEAD)));
  }

  /// {@return what a bare throw tells now}
  String message() {
    return sentence.isPresent() ? TypeGuard.MESSAGE : BARE;
  }

  /// Puts back what was found.
  void restore() {
    entry.set(ADDRESS, 0, former);
  }

  // A function without arguments that throws TypeGuard.MESSAGE; it stays for the process's life.
  private static Optional<MemorySegment> sentence() {
    if (!System.getProperty("os.arch", "").equals("amd64") || Libtorch.find(THROW).isEmpty()) {
      return Optional.empty();
    }
    try {
      MethodHandle map =
          Libtorch.function(
              "mmap",
              FunctionDescriptor.of(
                  ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
      MethodHandle protect =
          Libtorch.function(
              "mprotect", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
      // read and write (3); private and of no file (0x22)
      var page = (MemorySegment) map.invokeExact(MemorySegment.NULL, PAGE, 3, 0x22, -1, 0L);
      if (page.address() == -1) {
        return Optional.empty();
      }
      MemorySegment text = Arena.global().allocateFrom(TypeGuard.MESSAGE);
      page.reinterpret(PAGE)
          .asByteBuffer()
          .order(ByteOrder.LITTLE_ENDIAN)
          .putInt(0xfa1e0ff3) // endbr64
          .putShort((short) 0xbf48) // mov rdi, the text
          .putLong(text.address())
          .putShort((short) 0xb848) // mov rax, the function
          .putLong(Libtorch.address(THROW).address())
          .putShort((short) 0xe0ff); // jmp rax
      // read and execute (5)
      return (int) protect.invokeExact(page, PAGE, 5) == 0 ? Optional.of(page) : Optional.empty();
    } catch (Throwable e) {
      return Optional.empty();
    }
  }

  // The address of the entry in a library that is loaded at `base`; 0 if there is none.
  private static long entry(long base) {
    MemorySegment header = at(base, 64);
    boolean elf64 = header.get(JAVA_INT, 0) == 0x464c457f && header.get(JAVA_BYTE, 4) == 2;
    if (!elf64) {
      return 0;
    }
    long programs = base + header.get(JAVA_LONG, 32);
    long dynamic = 0;
    for (int i = 0; i < header.get(JAVA_SHORT, 56); i++) {
      MemorySegment program = at(programs + i * 56L, 56);
      if (program.get(JAVA_INT, 0) == 2) {
        dynamic = base + program.get(JAVA_LONG, 16);
      }
    }
    if (dynamic == 0) {
      return 0;
    }
    var values = new long[24];
    for (long at = dynamic; word(at) != 0; at += 16) {
      if (word(at) > 0 && word(at) < values.length) {
        values[(int) word(at)] = word(at + 8);
      }
    }
    long names = values[5];
    long symbols = values[6];
    long calls = values[23];
    if (values[20] != 7 || names < base || symbols < base || calls < base) {
      return 0; // another form, or addresses that the linker has not made absolute
    }
    for (long call = calls; call < calls + values[2]; call += 24) {
      long symbol = symbols + (word(call + 8) >>> 32) * 24;
      String name = at(names + at(symbol, 4).get(JAVA_INT, 0), Long.MAX_VALUE).getString(0);
      if (name.equals(FUNCTION)) {
        return base + word(call);
      }
    }
    return 0;
  }

  private static MemorySegment at(long address, long size) {
    return MemorySegment.ofAddress(address).reinterpret(size);
  }

  private static long word(long address) {
    return at(address, 8).get(JAVA_LONG, 0);
  }

  /// A line of `/proc/self/maps`: `start-end access offset device inode file`.
  private record Mapping(long start, long end, String access, long offset, String file) {
    static Mapping of(String line) {
      String[] words = line.split(" +", 6);
      int dash = words[0].indexOf('-');
      return new Mapping(
          Long.parseUnsignedLong(words[0].substring(0, dash), 16),
          Long.parseUnsignedLong(words[0].substring(dash + 1), 16),
          words[1],
          Long.parseUnsignedLong(words[2], 16),
          words.length < 6 ? "" : words[5]);
    }

    boolean contains(long address) {
      return Long.compareUnsigned(start, address) <= 0 && Long.compareUnsigned(address, end) < 0;
    }
  }
}
