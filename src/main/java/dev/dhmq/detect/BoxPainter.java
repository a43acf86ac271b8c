package dev.dhmq.detect;

import dev.dhmq.data.RgbImage;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;

/** Draws the boxes of objects, their classes and scores over a picture. Safe for use by several threads. */
public final class BoxPainter {
    /** Okabe and Ito's colours, which the colour-blind can tell apart too, without black. */
    private static final List<Color> COLOURS = List.of(
            new Color(0xE69F00),
            new Color(0x56B4E9),
            new Color(0x009E73),
            new Color(0xF0E442),
            new Color(0x0072B2),
            new Color(0xD55E00),
            new Color(0xCC79A7));

    private static final int LEAST_FONT = 11;
    private static final int PADDING = 2;

    private BoxPainter() {}

    /**
     * A new picture with the boxes on it, the surest drawn last. Needs a font of the system's for the labels; Debian's package
     * fonts-dejavu-core has one.
     */
    public static BufferedImage paint(RgbImage picture, List<DetectedObject> objects) {
        BufferedImage image = picture.buffered();
        Graphics2D canvas = image.createGraphics();
        try {
            canvas.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            canvas.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            int side = Math.min(picture.width(), picture.height());
            canvas.setStroke(new BasicStroke(Math.max(1.5f, side / 240f)));
            canvas.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, Math.max(LEAST_FONT, side / 36)));
            for (DetectedObject object : objects.reversed()) {
                paint(canvas, object, picture.width());
            }
        } finally {
            canvas.dispose();
        }
        return image;
    }

    private static void paint(Graphics2D canvas, DetectedObject object, int width) {
        Color colour = COLOURS.get(Math.floorMod(object.categoryId(), COLOURS.size()));
        canvas.setColor(colour);
        canvas.draw(
                new Rectangle2D.Float(object.x1(), object.y1(), object.x2() - object.x1(), object.y2() - object.y1()));
        String label = String.format(Locale.ROOT, "%s %.2f", object.name(), object.score());
        FontMetrics metrics = canvas.getFontMetrics();
        int labelWidth = metrics.stringWidth(label) + 2 * PADDING;
        int height = metrics.getHeight();
        // Above the box, or within it where there is no room; never beyond the right edge.
        int left = Math.clamp(Math.round(object.x1()), 0, Math.max(0, width - labelWidth));
        int top = Math.round(object.y1()) < height ? Math.round(object.y1()) : Math.round(object.y1()) - height;
        canvas.fillRect(left, top, labelWidth, height);
        canvas.setColor(isLight(colour) ? Color.BLACK : Color.WHITE);
        canvas.drawString(label, left + PADDING, top + metrics.getAscent());
    }

    /** By its luma, ITU-R BT.601. */
    private static boolean isLight(Color colour) {
        return 0.299 * colour.getRed() + 0.587 * colour.getGreen() + 0.114 * colour.getBlue() > 128;
    }
}
