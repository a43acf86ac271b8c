package dev.dhmq.data;

import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.GroundTruth;
import dev.dhmq.model.Sample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Annotated scenes that need no photographs: overlapping shapes of five classes on textured grounds, under uneven light
 * and noise. Texture, size, angle and proportions are random; the outline tells the class, and colour gives a hint.
 *
 * <p>The same seed, size and index always give the same pixels and boxes, bit for bit, on every machine. Safe for use
 * by several threads.
 */
public final class SyntheticScenes {
    /** Labels are places in this list. */
    private static final List<SceneShape> SHAPES =
            List.of(SceneShape.DISC, SceneShape.SQUARE, SceneShape.TRIANGLE, SceneShape.RING, SceneShape.STAR);

    private static final List<DetectorConfig.Category> CLASSES = IntStream.range(0, SHAPES.size())
            .mapToObj(label -> new DetectorConfig.Category(
                    label + 1, SHAPES.get(label).name().toLowerCase(Locale.ROOT)))
            .toList();

    /** Diameters at a picture 128 pixels high; they grow with it. */
    private static final double LEAST_DIAMETER = 16;

    private static final double LARGEST_DIAMETER = 70;
    private static final double USUAL_SIDE = 128;
    private static final int LEAST_OBJECTS = 2;
    private static final int MOST_OBJECTS = 8;
    /** Centres keep this share of the sides away from the edges, so that cut objects stay the exception. */
    private static final double MARGIN = 0.06;

    private static final int MOST_STROKES = 4;
    /** An object of which more is hidden, by others or by the edge, is not annotated. */
    private static final double MOST_HIDDEN = 0.7;

    private static final int LEAST_SIDE = 5;
    /** How far an object's hue may lie from its class's, where 1 is the distance between neighbouring classes. */
    private static final double HUE_SPREAD = 0.65;

    /** Objects that differ less from the ground could not be found by anyone. */
    private static final double LEAST_CONTRAST = 0.22;

    private final long seed;
    private final int width;
    private final int height;

    /**
     * All scenes of a seed at one size.
     *
     * @param width columns, at least 32
     * @param height rows, at least 32
     */
    public SyntheticScenes(long seed, int width, int height) {
        if (width < 32 || height < 32) {
            throw new IllegalArgumentException("Scenes need at least 32x32 pixels, not " + width + "x" + height + ".");
        }
        this.seed = seed;
        this.width = width;
        this.height = height;
    }

    /** Disc, square, triangle, ring and star, with the ids 1 to 5. */
    public List<DetectorConfig.Category> classes() {
        return CLASSES;
    }

    /** The scene at any index from 0. */
    public Sample sample(int index) {
        if (index < 0) {
            throw new IndexOutOfBoundsException(index);
        }
        SceneRandom random = SceneRandom.of(seed, index);
        SceneColour ground = SceneColour.random(random, 0, 0.6);
        double scale = Math.min(width, height) / USUAL_SIDE;
        SceneCanvas canvas = new SceneCanvas(width, height);
        canvas.fill(new SceneTexture(
                random,
                ground,
                ground.towards(SceneColour.random(random, 0, 0.8), random.uniform(0.2, 0.7)),
                16 * scale));
        for (int strokes = random.nextInt(MOST_STROKES + 1); strokes > 0; strokes--) {
            paintStroke(canvas, random, scale);
        }
        int count = LEAST_OBJECTS + random.nextInt(MOST_OBJECTS - LEAST_OBJECTS + 1);
        int[] filled = new int[count];
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            labels[i] = random.nextInt(SHAPES.size());
            SceneObject object = object(labels[i], random, ground, scale);
            canvas.shade(object.moved(1.5 * scale, 2 * scale), random.uniform(0, 0.4));
            filled[i] = canvas.paint(object, i);
        }
        return new Sample(
                "scene_%05d.png".formatted(index),
                SceneLight.photograph(canvas, random),
                height,
                width,
                annotate(canvas, labels, filled));
    }

    /** The scenes from index {@code first} on: ranges that do not overlap share no scene. */
    public SampleSource samples(int first, int count) {
        return new Range(this, first, count);
    }

    private record Range(SyntheticScenes scenes, int first, int count) implements SampleSource {
        private Range {
            if (first < 0 || count < 0 || first > Integer.MAX_VALUE - count) {
                throw new IllegalArgumentException("There are no " + count + " scenes from " + first + " on.");
            }
        }

        @Override
        public int size() {
            return count;
        }

        @Override
        public Sample sample(int index) {
            if (index < 0 || index >= count) {
                throw new IndexOutOfBoundsException(index);
            }
            return scenes.sample(first + index);
        }

        @Override
        public List<DetectorConfig.Category> classes() {
            return CLASSES;
        }
    }

    private SceneObject object(int label, SceneRandom random, SceneColour ground, double scale) {
        // Diameters are uniform in their logarithm, so that small objects are as frequent as large ones.
        double diameter =
                scale * LEAST_DIAMETER * StrictMath.pow(LARGEST_DIAMETER / LEAST_DIAMETER, random.nextDouble());
        double angle = random.uniform(0, 2 * Math.PI);
        SceneColour colour = colour(label, random);
        while (colour.distance(ground) < LEAST_CONTRAST) {
            colour = colour(label, random);
        }
        SceneColour second = colour.towards(SceneColour.random(random, 0, 1), random.uniform(0, 0.45));
        return new SceneObject(
                SHAPES.get(label),
                random.uniform(MARGIN, 1 - MARGIN) * width,
                random.uniform(MARGIN, 1 - MARGIN) * height,
                diameter / 2,
                StrictMath.cos(angle),
                StrictMath.sin(angle),
                random.uniform(0.85, 1.18),
                new SceneTexture(random, colour, second, diameter / 3));
    }

    /** A colour near the class's own: neighbours on the wheel of hues overlap, so that it hints but does not decide. */
    private static SceneColour colour(int label, SceneRandom random) {
        double hue = (label + random.uniform(-HUE_SPREAD, HUE_SPREAD)) / SHAPES.size();
        return SceneColour.ofHsv(hue - Math.floor(hue), random.uniform(0.25, 0.95), random.uniform(0.3, 0.95));
    }

    /** A thin line that is no object: not every edge belongs to one. */
    private void paintStroke(SceneCanvas canvas, SceneRandom random, double scale) {
        double angle = random.uniform(0, 2 * Math.PI);
        SceneColour colour = SceneColour.random(random, 0, 0.9);
        // A square stretched until it is thin: its long side is stretch^2 times the short one.
        double stretch = random.uniform(3, 6);
        SceneObject stroke = new SceneObject(
                SceneShape.SQUARE,
                random.uniform(0, width),
                random.uniform(0, height),
                scale * random.uniform(5, 9),
                StrictMath.cos(angle),
                StrictMath.sin(angle),
                stretch,
                new SceneTexture(random, colour, colour, scale));
        canvas.paint(stroke, -1);
    }

    private static GroundTruth annotate(SceneCanvas canvas, int[] labels, int[] filled) {
        List<SceneCanvas.Visible> boxes = new ArrayList<>();
        int[] annotated = new int[labels.length];
        for (int i = 0; i < labels.length; i++) {
            SceneCanvas.Visible visible = canvas.visible(i);
            if (visible.pixels() >= (1 - MOST_HIDDEN) * filled[i]
                    && visible.right() - visible.left() >= LEAST_SIDE
                    && visible.bottom() - visible.top() >= LEAST_SIDE) {
                annotated[boxes.size()] = labels[i];
                boxes.add(visible);
            }
        }
        float[] coordinates = new float[4 * boxes.size()];
        for (int k = 0; k < boxes.size(); k++) {
            SceneCanvas.Visible box = boxes.get(k);
            coordinates[4 * k] = box.left();
            coordinates[4 * k + 1] = box.top();
            coordinates[4 * k + 2] = box.right();
            coordinates[4 * k + 3] = box.bottom();
        }
        return new GroundTruth(coordinates, Arrays.copyOf(annotated, boxes.size()));
    }
}
