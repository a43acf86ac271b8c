package dev.dhmq.cli;

import java.util.List;
import picocli.CommandLine.ITypeConverter;

/**
 * The bit widths a layer may get, as in {@code --bits 2,3,4,5,6,8}.
 *
 * @param ascending each from 2 to 8, none twice
 */
record CandidateBits(List<Integer> ascending) {
    private static final int FEWEST = 2;
    private static final int MOST = 8;

    CandidateBits {
        ascending = ascending.stream().sorted().toList();
    }

    static CandidateBits parse(String text) {
        return new CandidateBits(Numbers.list(text, item -> Numbers.integer(item, FEWEST, MOST)));
    }

    static final class Converter implements ITypeConverter<CandidateBits> {
        @Override
        public CandidateBits convert(String text) {
            return parse(text);
        }
    }
}
