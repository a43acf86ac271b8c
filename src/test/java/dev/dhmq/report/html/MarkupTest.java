package dev.dhmq.report.html;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;

class MarkupTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "<script>alert(1)</script>",
                "\"><img src=x onerror=alert(1)>",
                "' onmouseover='alert(1)",
                "</style></title><!--",
                "]]>&#60;&amp;&lt;",
                "javascript:alert(1)",
                "naïve 細胞 \uD83D\uDD2C"
            })
    void textStaysTextWhateverItIs(String text) {
        Markup page = new Markup();
        page.open("p", "title", text).text(text).close();
        Element p = WellFormed.parse(page.finish()).getDocumentElement();
        assertThat(p.getTextContent()).isEqualTo(text);
        assertThat(p.getAttribute("title")).isEqualTo(text);
        assertThat(p.getElementsByTagName("*").getLength()).isZero();
        assertThat(p.getAttributes().getLength()).isEqualTo(1);
    }

    @Test
    void whatNoPageCanHoldIsReplaced() {
        String text = "a\0b\u0007c\uD800d\uDC00e\uFFFEf\u0085g";
        Markup page = new Markup();
        page.leaf("p", text);
        assertThat(WellFormed.parse(page.finish()).getDocumentElement().getTextContent())
                .isEqualTo("a\uFFFDb\uFFFDc\uFFFDd\uFFFDe\uFFFDf\uFFFDg");
    }

    @Test
    void anyTextAtAllGivesAWellFormedPage() {
        Random random = new Random(11);
        for (int run = 0; run < 200; run++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 50; i++) {
                text.append((char) (random.nextBoolean() ? random.nextInt(0x80) : random.nextInt(0x10000)));
            }
            Markup page = new Markup();
            page.open("p", "title", text.toString()).text(text.toString()).close();
            assertThat(WellFormed.parse(page.finish()).getDocumentElement().getTagName())
                    .as("seed 11, run %d", run)
                    .isEqualTo("p");
        }
    }

    @Test
    void elementsNestAndCloseInOrder() {
        Markup page = new Markup();
        page.open("ul").leaf("li", "one").open("li").empty("br").close().close();
        assertThat(page.finish()).isEqualTo("<ul><li>one</li><li><br/></li></ul>");
    }

    @Test
    void mistakesOfTheProgramAreNotWritten() {
        Markup open = new Markup();
        open.open("p");
        assertThatThrownBy(open::finish)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("[p]");
        assertThatThrownBy(() -> open.open("p", "class")).isInstanceOf(IllegalArgumentException.class);
        for (String css : List.of("a{}</style>", "a{content:'&'}")) {
            assertThatThrownBy(() -> open.style(css)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
