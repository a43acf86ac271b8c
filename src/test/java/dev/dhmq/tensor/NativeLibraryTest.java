package dev.dhmq.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.bindings.dhmq.Dhmq;
import java.io.IOException;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is said when the library cannot be used. */
class NativeLibraryTest {
    private static final String RESOURCE = "/natives/linux-x86_64/libdhmq_cpu.so";

    @Test
    void aMissingResourceIsNamed() {
        assertThatThrownBy(() -> NativeLibrary.LIBRARY.open("/natives/beos-m68k/libdhmq_cpu.so"))
                .isInstanceOf(SharedLibrary.UnusableException.class)
                .hasMessageContaining("/natives/beos-m68k/libdhmq_cpu.so is not on the class path");
    }

    @Test
    void aFileThatIsNoLibraryIsRefusedWithTheLoadersWords() {
        assertThatThrownBy(() -> NativeLibrary.LIBRARY.open("/dev/dhmq/tensor/NativeLibraryTest.class"))
                .isInstanceOf(SharedLibrary.UnusableException.class)
                .hasMessageContaining("invalid ELF header")
                .hasMessageContaining("libgomp.so.1");
    }

    @Test
    void anotherAbiVersionIsRefused() throws SharedLibrary.UnusableException {
        SymbolLookup library = NativeLibrary.LIBRARY.open(RESOURCE);
        int version = Dhmq.DHMQ_ABI_VERSION();
        NativeLibrary.LIBRARY.checkAbiVersion(library, version);
        assertThatThrownBy(() -> NativeLibrary.LIBRARY.checkAbiVersion(library, version + 1))
                .isInstanceOf(SharedLibrary.UnusableException.class)
                .hasMessage("The CPU library has ABI version " + version + " but this release needs " + (version + 1)
                        + ": the dhmq and dhmq-native jars on the class path are of different releases.");
    }

    @Test
    void aLibraryOfSomebodyElseIsRefused() {
        SymbolLookup libc = Linker.nativeLinker().defaultLookup();
        assertThatThrownBy(() -> NativeLibrary.LIBRARY.checkAbiVersion(libc, 1))
                .isInstanceOf(SharedLibrary.UnusableException.class)
                .hasMessageContaining("dhmq_abi_version");
    }

    @Test
    void theTemporaryFileIsDeletedAtOnce() throws IOException, SharedLibrary.UnusableException {
        Path folder = Path.of(System.getProperty("java.io.tmpdir"));
        long before = count(folder);
        NativeLibrary.LIBRARY.open(RESOURCE);
        assertThat(count(folder)).isEqualTo(before);
    }

    private static long count(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith("libdhmq_cpu"))
                    .count();
        }
    }
}
