package dev.dhmq;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Dependencies between packages go one way, and the two native worlds stay in their rooms. */
class ArchitectureTest {
    /** Each room may use those before it, never those after it. */
    private static final List<String> ROOMS = List.of(
            "files",
            "tensor",
            "quant",
            "curvature",
            "search",
            "model",
            "data",
            "eval",
            "train",
            "export",
            "detect",
            "report",
            "cli");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.dhmq");

    @TestFactory
    List<DynamicTest> roomsUseOnlyTheRoomsAboveThem() {
        return ROOMS.stream()
                .map(room -> DynamicTest.dynamicTest(
                        room,
                        () -> noClasses()
                                .that()
                                .resideInAPackage("dev.dhmq." + room + "..")
                                .should()
                                .dependOnClassesThat()
                                .resideInAnyPackage(below(room))
                                .allowEmptyShould(true)
                                .check(CLASSES)))
                .toList();
    }

    private static String[] below(String room) {
        return ROOMS.subList(ROOMS.indexOf(room) + 1, ROOMS.size()).stream()
                .map(other -> "dev.dhmq." + other + "..")
                .toArray(String[]::new);
    }

    @Test
    void onlyModelAndTrainKnowLibTorch() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.dhmq.model..", "dev.dhmq.train..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.bytedeco..")
                .check(CLASSES);
    }

    @Test
    void onlyTensorKnowsTheBindings() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.dhmq.tensor..", "dev.dhmq.bindings..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.dhmq.bindings..")
                .check(CLASSES);
    }

    /** It need not be there: whoever touches a class that knows it must have looked first. */
    @Test
    void onlyOneClassKnowsOnnxRuntime() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("dev.dhmq.detect.OnnxSession")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.onnxruntime..")
                .check(CLASSES);
    }

    @Test
    void noCyclesBetweenRooms() {
        slices().matching("dev.dhmq.(*)..").should().beFreeOfCycles().check(CLASSES);
    }
}
