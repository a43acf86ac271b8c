package dev.dhmq.cli;

import dev.dhmq.quant.BitWidths;
import picocli.CommandLine.ITypeConverter;

/** The bit widths a layer may get, as in {@code --bits 2,3,4,5,6,8}. */
final class Bits implements ITypeConverter<BitWidths> {
    @Override
    public BitWidths convert(String text) {
        return new BitWidths(Numbers.list(text, item -> Numbers.integer(item, BitWidths.NARROWEST, BitWidths.WIDEST)));
    }
}
