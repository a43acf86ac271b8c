package dev.dhmq.bindings;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Objects;
import java.util.Optional;

/**
 * Where the generated bindings find the library's functions: nowhere, until the library has been found, checked and bound.
 *
 * <p>jextract would load the library in a static initialiser, where a missing file makes the class unusable for good and
 * hides the reason. The regenerate script puts this lookup in that place, and the caller binds it once the library is
 * known to be there and to have the right ABI version.
 */
public final class LibrarySymbols implements SymbolLookup {
    /** The symbols of {@code libcublas.so}. */
    public static final LibrarySymbols CUBLAS = new LibrarySymbols();

    /** The symbols of {@code libcudart.so}. */
    public static final LibrarySymbols CUDART = new LibrarySymbols();

    /** The symbols of {@code libdhmq_cpu.so}. */
    public static final LibrarySymbols DHMQ = new LibrarySymbols();

    /** The symbols of {@code libdhmq_cuda.so}. */
    public static final LibrarySymbols DHMQ_CUDA = new LibrarySymbols();

    private volatile SymbolLookup library;

    private LibrarySymbols() {}

    /** From now on functions are looked up in this library, which must stay loaded for as long as the process lives. */
    public void bind(SymbolLookup library) {
        this.library = Objects.requireNonNull(library);
    }

    /**
     * @throws IllegalStateException before {@link #bind}
     */
    @Override
    public Optional<MemorySegment> find(String name) {
        SymbolLookup bound = library;
        if (bound == null) {
            throw new IllegalStateException(name + " was called before its library was loaded.");
        }
        return bound.find(name);
    }
}
