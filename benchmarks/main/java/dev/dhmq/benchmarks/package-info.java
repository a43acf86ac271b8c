/** Measurements of the library's parts with JMH. */
@NullMarked
package dev.dhmq.benchmarks;

import org.jspecify.annotations.NullMarked;
