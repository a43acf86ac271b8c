/** COCO evaluation. */
@NullMarked
package dev.dhmq.eval;

import org.jspecify.annotations.NullMarked;
