/** The search of the paper: which layer goes down next, until the budget is met. Sees an objective, never LibTorch. */
@NullMarked
package dev.dhmq.search;

import org.jspecify.annotations.NullMarked;
