/** What every room shares: the exception for unusable input, and progress. */
@NullMarked
package dev.dhmq;

import org.jspecify.annotations.NullMarked;
