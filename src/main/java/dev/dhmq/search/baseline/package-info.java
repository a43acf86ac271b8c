/** What the search is measured against: fixed prices of every layer and width, and ways to choose by them. */
@NullMarked
package dev.dhmq.search.baseline;

import org.jspecify.annotations.NullMarked;
