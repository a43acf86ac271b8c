/**
 * Mixed-precision quantization of object detectors, and detectors for services. Start with {@link dev.dhmq.detect.Detector} to
 * find objects, and with {@link dev.dhmq.search.MixedPrecisionSearch} to quantize.
 *
 * <p>Native code is called by three modules besides this one: run with {@code
 * --enable-native-access=dev.dhmq,dev.dhmq.bindings,org.bytedeco.javacpp,org.bytedeco.pytorch}, and {@code
 * com.microsoft.onnxruntime} for {@code .onnx} files, where the program has that module.
 */
@SuppressWarnings("requires-automatic") // protobuf and ONNX Runtime have names and no descriptors
module dev.dhmq {
    requires transitive com.fasterxml.jackson.databind;
    requires transitive java.desktop;
    requires transitive org.bytedeco.pytorch;
    requires static com.microsoft.onnxruntime;
    requires static transitive org.jspecify;
    requires com.google.protobuf;
    requires dev.dhmq.bindings;
    requires info.picocli;
    requires java.logging;
    requires java.management;
    requires java.xml;
    requires jdk.management;
    requires me.tongfei.progressbar;

    // Resources alone; required so that they are there wherever this module is.
    requires dev.dhmq.natives;
    requires org.bytedeco.javacpp.linux.x86_64;
    requires org.bytedeco.openblas.linux.x86_64;
    requires org.bytedeco.pytorch.linux.x86_64;

    exports dev.dhmq;
    exports dev.dhmq.curvature;
    exports dev.dhmq.data;
    exports dev.dhmq.detect;
    exports dev.dhmq.eval;
    exports dev.dhmq.eval.compare;
    exports dev.dhmq.export;
    exports dev.dhmq.export.onnx;
    exports dev.dhmq.files;
    exports dev.dhmq.model;
    exports dev.dhmq.model.box;
    exports dev.dhmq.model.checkpoint;
    exports dev.dhmq.model.integer;
    exports dev.dhmq.model.network;
    exports dev.dhmq.model.script;
    exports dev.dhmq.quant;
    exports dev.dhmq.report;
    exports dev.dhmq.search;
    exports dev.dhmq.search.baseline;
    exports dev.dhmq.tensor;
    exports dev.dhmq.train;

    opens dev.dhmq.cli to
            info.picocli;
}
