package dev.dhmq.eval.compare;

/** What is done to a quantized model before it is judged, on the seed's calibration images. Each is judged by itself. */
public enum Treatment {
    /** Nothing: as the bits have made it. */
    NONE(""),

    /** Its outputs' statistics are corrected. */
    CORRECTED("corrected"),

    /** Its weights move by quasi-Newton steps, then its outputs' statistics are corrected. */
    COMPENSATED("compensated");

    private final String word;

    Treatment(String word) {
        this.word = word;
    }

    /** The word for it in tables; empty for {@link #NONE}. */
    public String word() {
        return word;
    }

    /** What a number is called after it: {@code AP lost, corrected}, and {@code AP lost} alone after nothing. */
    public String after(String number) {
        return this == NONE ? number : number + ", " + word;
    }
}
