/** Writing markup in which no text can become anything but text, and numbers as people read them. */
@NullMarked
package dev.dhmq.report.html;

import org.jspecify.annotations.NullMarked;
