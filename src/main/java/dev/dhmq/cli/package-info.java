/** The command line. */
@NullMarked
package dev.dhmq.cli;

import org.jspecify.annotations.NullMarked;
