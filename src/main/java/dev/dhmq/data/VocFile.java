package dev.dhmq.data;

import dev.dhmq.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/**
 * One Pascal VOC annotation file.
 *
 * @param source the file
 * @param picture name of the picture's file
 * @param width its columns
 * @param height its rows
 * @param things what is in it
 */
record VocFile(Path source, String picture, int width, int height, List<Thing> things) {
    private static final long MAX_BYTES = 10_000_000;
    private static final int MAX_SIDE = 1_000_000;

    /**
     * One object.
     *
     * @param name its class
     * @param box xmin, ymin, xmax, ymax as in the file: pixels counted from 1, the last included
     * @param difficult not counted by VOC: neither trained on nor missed when it is not found
     */
    record Thing(String name, double[] box, boolean difficult) {
        CocoDataset.Annotation annotation(long id, long imageId, int categoryId) {
            // Some tools count from 0 against the rule: their first column must not end up outside.
            double x = Math.max(0, box[0] - 1);
            double y = Math.max(0, box[1] - 1);
            double width = box[2] - x;
            double height = box[3] - y;
            CocoDataset.Kind kind = difficult ? CocoDataset.Kind.DIFFICULT : CocoDataset.Kind.OBJECT;
            return new CocoDataset.Annotation(id, imageId, categoryId, x, y, width, height, width * height, kind);
        }
    }

    /**
     * Reads a file.
     *
     * @throws InvalidInputException where it is missing, huge, no VOC annotation, or has values that cannot be
     */
    static VocFile read(Path file) {
        Element root = root(file);
        if (!root.getTagName().equals("annotation")) {
            throw wrong(file, "is no Pascal VOC annotation: its root is <" + root.getTagName() + ">");
        }
        Element size = child(file, root, "size");
        List<Thing> things = new ArrayList<>();
        for (Element object : children(root, "object")) {
            things.add(thing(file, object));
        }
        return new VocFile(
                file,
                text(file, root, "filename"),
                side(file, size, "width"),
                side(file, size, "height"),
                List.copyOf(things));
    }

    private static Element root(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw wrong(file, "has more than " + MAX_BYTES + " bytes");
            }
            return parser().parse(file.toFile()).getDocumentElement();
        } catch (IOException e) {
            throw new InvalidInputException(
                    file + " cannot be read (" + e + "); check the list of pictures and the annotations folder.", e);
        } catch (SAXException e) {
            throw new InvalidInputException(
                    file + " is no well-formed XML (" + e.getMessage() + "); replace or remove it.", e);
        }
    }

    private static DocumentBuilder parser() {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            // No document type means no entities: none that are fetched from elsewhere, none that grow without end.
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            DocumentBuilder parser = factory.newDocumentBuilder();
            parser.setErrorHandler(null);
            return parser;
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException("This Java platform's XML parser lacks a feature it must have.", e);
        }
    }

    private static Thing thing(Path file, Element object) {
        String name = text(file, object, "name");
        Element bounds = child(file, object, "bndbox");
        double[] box = {
            number(file, bounds, "xmin"),
            number(file, bounds, "ymin"),
            number(file, bounds, "xmax"),
            number(file, bounds, "ymax")
        };
        if (!(box[0] >= 0 && box[1] >= 0 && box[2] > box[0] - 1 && box[3] > box[1] - 1)) {
            throw wrong(
                    file,
                    "has a " + name + " with the box " + box[0] + ", " + box[1] + ", " + box[2] + ", " + box[3]
                            + " (xmin, ymin, xmax, ymax), which has no area or begins outside its picture");
        }
        return new Thing(name, box, !children(object, "difficult").isEmpty() && number(file, object, "difficult") != 0);
    }

    private static List<Element> children(Element parent, String name) {
        List<Element> children = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && element.getTagName().equals(name)) {
                children.add(element);
            }
        }
        return children;
    }

    private static Element child(Path file, Element parent, String name) {
        List<Element> children = children(parent, name);
        if (children.size() != 1) {
            throw wrong(file, "has " + children.size() + " <" + name + "> in <" + parent.getTagName() + ">, not one");
        }
        return children.getFirst();
    }

    private static String text(Path file, Element parent, String name) {
        @Nullable String text = child(file, parent, name).getTextContent();
        if (text == null || text.isBlank()) {
            throw wrong(file, "has an empty <" + name + "> in <" + parent.getTagName() + ">");
        }
        return text.strip();
    }

    private static double number(Path file, Element parent, String name) {
        String text = text(file, parent, name);
        try {
            double value = Double.parseDouble(text);
            if (Double.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new InvalidInputException(notANumber(file, name, text), e);
        }
        throw new InvalidInputException(notANumber(file, name, text));
    }

    private static String notANumber(Path file, String name, String text) {
        return file + " has \"" + text + "\" for <" + name + ">, which is no finite number; correct it.";
    }

    private static int side(Path file, Element size, String name) {
        double side = number(file, size, name);
        if (!(side >= 1 && side <= MAX_SIDE && side == Math.rint(side))) {
            throw wrong(file, "says its picture's " + name + " is " + side);
        }
        return (int) side;
    }

    private static InvalidInputException wrong(Path file, String complaint) {
        return new InvalidInputException(file + " " + complaint + "; correct or remove it.");
    }
}
