/** Programs to start from. They are compiled and run by the tests. */
@NullMarked
package dev.dhmq.examples;

import org.jspecify.annotations.NullMarked;
