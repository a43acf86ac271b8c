/** The HTML report: what a search found and what it costs, in one file that needs no network. */
@NullMarked
package dev.dhmq.report;

import org.jspecify.annotations.NullMarked;
