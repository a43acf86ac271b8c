package dev.dhmq.report.chart;

import dev.dhmq.report.html.Numerals;
import java.util.ArrayList;
import java.util.List;

/** Where values lie along an axis, 0 at its beginning and 1 at its end, and the values to write there. */
public sealed interface Scale {

    /** The place of a value; outside [0, 1] for one beyond the axis. */
    double place(double value);

    /** Values to mark, ascending. */
    List<Double> ticks();

    /** A tick in words. */
    String label(double tick);

    /** Whether a value can be drawn: finite, and above zero on a logarithmic axis. */
    boolean shows(double value);

    /**
     * A linear axis from one value to another.
     *
     * @param ticks round values within
     */
    record Linear(double from, double to, List<Double> ticks) implements Scale {
        /** An axis that holds both values and ends at round ones. */
        public static Linear around(double least, double most, int intervals) {
            double span = most > least ? most - least : Math.max(Math.abs(most), 1);
            double step = roundStep(span / intervals);
            double from = Math.floor(least / step) * step;
            double to = Math.ceil(most / step) * step;
            return between(from, to > from ? to : from + step, step);
        }

        /** An axis with these ends, ticks every {@code step}. */
        public static Linear between(double from, double to, double step) {
            List<Double> ticks = new ArrayList<>();
            long last = Math.round(Math.floor(to / step + 1e-9));
            for (long i = Math.round(Math.ceil(from / step - 1e-9)); i <= last; i++) {
                ticks.add(i * step);
            }
            return new Linear(from, to, ticks);
        }

        /** 1, 2 or 5 times a power of ten, at least this much. */
        private static double roundStep(double least) {
            double power = Math.pow(10, Math.floor(Math.log10(least)));
            double multiple = least / power;
            return power * (multiple <= 1 ? 1 : multiple <= 2 ? 2 : multiple <= 5 ? 5 : 10);
        }

        @Override
        public double place(double value) {
            return (value - from) / (to - from);
        }

        @Override
        public boolean shows(double value) {
            return Double.isFinite(value);
        }

        @Override
        public String label(double tick) {
            double step = ticks.size() > 1 ? ticks.get(1) - ticks.get(0) : 1;
            double largest = Math.max(Math.abs(from), Math.abs(to));
            if (largest < 1e-3 || largest >= 1e6) {
                return Numerals.general(Math.abs(tick) < step / 2 ? 0 : tick);
            }
            int digits = Math.clamp(-(long) Math.floor(Math.log10(step) + 1e-9), 0, 6);
            return Numerals.fixed(Math.abs(tick) < step / 2 ? 0 : tick, digits);
        }
    }

    /** A logarithmic axis from one positive value to another. */
    record Logarithmic(double from, double to) implements Scale {
        /** An axis that holds both positive values and ends at 1, 2 or 5 times a power of ten. */
        public static Logarithmic around(double least, double most) {
            double from = roundDown(least);
            double to = roundUp(most);
            return new Logarithmic(from, to > from ? to : from * 10);
        }

        private static double roundDown(double value) {
            double power = Math.pow(10, Math.floor(Math.log10(value)));
            double multiple = value / power;
            return power * (multiple >= 5 ? 5 : multiple >= 2 ? 2 : 1);
        }

        private static double roundUp(double value) {
            double power = Math.pow(10, Math.floor(Math.log10(value)));
            double multiple = value / power;
            return power * (multiple <= 1 ? 1 : multiple <= 2 ? 2 : multiple <= 5 ? 5 : 10);
        }

        @Override
        public double place(double value) {
            return Math.log(value / from) / Math.log(to / from);
        }

        @Override
        public boolean shows(double value) {
            return Double.isFinite(value) && value > 0;
        }

        @Override
        public List<Double> ticks() {
            double decades = Math.log10(to / from);
            int[] multiples = decades > 3 ? new int[] {1} : decades > 1.5 ? new int[] {1, 3} : new int[] {1, 2, 5};
            List<Double> ticks = new ArrayList<>();
            for (int power = (int) Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
                for (int multiple : multiples) {
                    double tick = multiple * Math.pow(10, power);
                    if (tick >= from * (1 - 1e-9) && tick <= to * (1 + 1e-9)) {
                        ticks.add(tick);
                    }
                }
            }
            return ticks;
        }

        @Override
        public String label(double tick) {
            if (tick < 1e-3 || tick >= 1e5) {
                return Numerals.general(tick).replaceFirst("\\.0+e", "e");
            }
            return Numerals.fixed(tick, Math.clamp(-(long) Math.floor(Math.log10(tick) + 1e-9), 0, 3));
        }
    }

    /**
     * An axis that is logarithmic to both sides of zero and linear about it, by the inverse hyperbolic sine: for changes of
     * either sign and of many sizes.
     *
     * @param unit size at which it turns from linear to logarithmic
     */
    record SignedLogarithmic(double from, double to, double unit) implements Scale {
        private static final double DECADES = 1000;

        /** An axis that holds both values. */
        public static SignedLogarithmic around(double least, double most) {
            double largest = Math.max(Math.abs(least), Math.abs(most));
            double unit = largest == 0 ? 1 : largest / DECADES;
            return new SignedLogarithmic(Math.min(least, 0) - unit, Math.max(most, 0) * 1.2 + unit, unit);
        }

        private double bent(double value) {
            double x = Math.abs(value) / unit;
            return Math.copySign(Math.log(x + Math.sqrt(x * x + 1)), value);
        }

        @Override
        public double place(double value) {
            return (bent(value) - bent(from)) / (bent(to) - bent(from));
        }

        @Override
        public boolean shows(double value) {
            return Double.isFinite(value);
        }

        @Override
        public List<Double> ticks() {
            List<Double> ticks = new ArrayList<>(List.of(0.0));
            int last = (int) Math.ceil(Math.log10(Math.max(Math.abs(from), to)));
            for (int power = (int) Math.ceil(Math.log10(2 * unit)); power <= last; power++) {
                double tick = Math.pow(10, power);
                if (tick <= to) {
                    ticks.add(tick);
                }
                if (-tick >= from) {
                    ticks.addFirst(-tick);
                }
            }
            return ticks;
        }

        @Override
        public String label(double tick) {
            double size = Math.abs(tick);
            String sign = tick < 0 ? "\u2212" : "";
            return tick == 0 ? "0" : sign + new Logarithmic(size, 10 * size).label(size);
        }
    }
}
