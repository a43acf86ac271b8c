package dev.dhmq.model;

import java.io.IOException;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/** The LibTorch this process runs on. */
public final class LibTorch {
    /** With this LibTorch's messages go on to its own sources. */
    private static final String TRACE = "Exception raised from";

    private static final int LONGEST_REASON = 300;

    private LibTorch() {}

    /** What an exception of LibTorch's complains of, on one line. */
    public static String reason(Throwable e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        int trace = message.indexOf(TRACE);
        String flat = (trace > 0 ? message.substring(0, trace) : message)
                .replaceAll("\\s+", " ")
                .strip();
        return flat.length() <= LONGEST_REASON ? flat : flat.substring(0, LONGEST_REASON) + "...";
    }

    /** Loads LibTorch, unpacking it to the user's cache on first use. */
    public static void load() {
        Loader.load(torch.class);
        // Few convolutions would go to it, and on processors that it does not know each of those writes a warning.
        torch.globalContext().setUserEnabledNNPACK(false);
    }

    /** Version of LibTorch and of its Java bindings, such as {@code 2.10.0-1.5.13}. */
    public static String version() throws IOException {
        return Loader.getVersion("org.bytedeco", "pytorch");
    }

    /** Sets how many threads an operation may use; results are reproducible for a given number. */
    public static void setThreads(int threads) {
        load();
        torch.set_num_threads(threads);
    }

    /** Threads an operation may use. */
    public static int threads() {
        load();
        return torch.get_num_threads();
    }
}
