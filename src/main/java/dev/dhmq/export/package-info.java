/** Plans and results as files. */
@NullMarked
package dev.dhmq.export;

import org.jspecify.annotations.NullMarked;
