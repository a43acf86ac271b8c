package dev.dhmq.export;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.dhmq.InvalidInputException;
import dev.dhmq.search.SearchJournal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A search's journal as a file of one JSON object a line, each forced to the disk before the next step begins. A last line that
 * a kill has cut is dropped. One process at a time may have it open.
 */
public final class SearchJournalFile implements SearchJournal, AutoCloseable {
    private static final String FORMAT = "dhmq-search-journal 3";
    private static final long MAX_BYTES = 256L << 20;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** The first line. */
    private record Head(String format, String search) {}

    /** Any other line: one of the four. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Line(
            @Nullable Start start,
            @Nullable Entry step,
            @Nullable Branch branch,
            @Nullable String end) {}

    private record Branch(String budget, Entry step) {}

    private final Path file;
    private final FileChannel channel;
    private final List<Entry> entries = new ArrayList<>();
    private final Map<String, List<Entry>> branches = new HashMap<>();
    private final Set<String> ends = new HashSet<>();
    private @Nullable Start start;

    private SearchJournalFile(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Opens the journal, which is made where there is none.
     *
     * @param search everything that the way down depends on, in words
     * @throws InvalidInputException where the file is no journal, damaged, of another search, or in use
     */
    public static SearchJournalFile open(Path file, String search) {
        try {
            if (Files.isDirectory(file) || (Files.exists(file) && Files.size(file) > MAX_BYTES)) {
                throw new InvalidInputException(file + " is no search's journal; move it away or name another folder.");
            }
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            SearchJournalFile journal = new SearchJournalFile(file, channel);
            try {
                journal.lock();
                journal.read(search);
                return journal;
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw unusable(file, e);
        }
    }

    private void lock() throws IOException {
        boolean mine;
        try {
            mine = channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            mine = false; // this process has it
        }
        if (!mine) {
            throw new InvalidInputException(
                    "Another search is writing " + file + "; wait for it or name another folder.");
        }
    }

    private void read(String search) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int whole = bytes.length;
        while (whole > 0 && bytes[whole - 1] != '\n') {
            whole--;
        }
        channel.truncate(whole);
        channel.position(whole);
        if (whole == 0) {
            append(new Head(FORMAT, search));
            return;
        }
        String[] lines = new String(bytes, 0, whole, StandardCharsets.UTF_8).split("\n");
        requireSame(parse(lines, 0, Head.class), search);
        for (int i = 1; i < lines.length; i++) {
            take(parse(lines, i, Line.class));
        }
    }

    private <T> T parse(String[] lines, int index, Class<T> type) {
        try {
            T value = JSON.readValue(lines[index], type);
            if (value != null) {
                return value;
            }
        } catch (JsonProcessingException e) {
            throw damaged(index, e);
        }
        throw damaged(index, null);
    }

    private InvalidInputException damaged(int index, @Nullable Exception cause) {
        return new InvalidInputException(
                file + " is damaged or no search's journal (line " + (index + 1)
                        + "); delete it to search from the start.",
                cause);
    }

    private void requireSame(Head head, String search) {
        if (!FORMAT.equals(head.format())) {
            throw damaged(0, null);
        }
        if (!search.equals(head.search())) {
            throw new InvalidInputException(file + " is the journal of another search (" + head.search()
                    + "); name another folder, or delete it to search from the start.");
        }
    }

    private void take(Line line) {
        if (line.start() != null) {
            start = line.start();
        }
        if (line.step() != null) {
            entries.add(line.step());
        }
        if (line.branch() != null) {
            keep(line.branch());
        }
        if (line.end() != null) {
            ends.add(line.end());
        }
    }

    private void keep(Branch branch) {
        branches.computeIfAbsent(branch.budget(), _ -> new ArrayList<>()).add(branch.step());
    }

    private void append(Object line) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap((JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        } catch (IOException e) {
            throw unusable(file, e);
        }
    }

    private static InvalidInputException unusable(Path file, IOException e) {
        return new InvalidInputException(
                file + " cannot be written (" + e.getMessage() + "); choose a folder with room that you may write to.",
                e);
    }

    @Override
    public Optional<Start> start() {
        return Optional.ofNullable(start);
    }

    @Override
    public List<Entry> entries() {
        return List.copyOf(entries);
    }

    @Override
    public List<Entry> branch(String budget) {
        return List.copyOf(branches.getOrDefault(budget, List.of()));
    }

    @Override
    public boolean ended(String budget) {
        return ends.contains(budget);
    }

    @Override
    public void began(Start began) {
        append(new Line(began, null, null, null));
        start = began;
    }

    @Override
    public void stepped(Entry entry) {
        append(new Line(null, entry, null, null));
        entries.add(entry);
    }

    @Override
    public void branched(String budget, Entry entry) {
        Branch branch = new Branch(budget, entry);
        append(new Line(null, null, branch, null));
        keep(branch);
    }

    @Override
    public void end(String budget) {
        append(new Line(null, null, null, budget));
        ends.add(budget);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw unusable(file, e);
        }
    }
}
