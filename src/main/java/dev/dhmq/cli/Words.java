package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import java.util.ArrayList;
import java.util.List;

/** A command line inside an option, cut into its words as a shell would: at blanks, but not between quotes. */
final class Words {
    private Words() {}

    /** @throws InvalidInputException where a quote is not closed */
    static List<String> of(String line) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean inWord = false;
        char quote = 0;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (quote != 0) {
                if (c == quote) {
                    quote = 0;
                } else {
                    word.append(c);
                }
            } else if (c == '"' || c == '\'') {
                quote = c;
                inWord = true;
            } else if (!Character.isWhitespace(c)) {
                word.append(c);
                inWord = true;
            } else if (inWord) {
                words.add(word.toString());
                word.setLength(0);
                inWord = false;
            }
        }
        if (quote != 0) {
            throw new InvalidInputException("A quote is not closed in: " + line + "; add the other " + quote + ".");
        }
        if (inWord) {
            words.add(word.toString());
        }
        return words;
    }
}
