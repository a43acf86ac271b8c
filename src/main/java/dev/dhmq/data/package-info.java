/** Data sets, images and synthetic scenes. */
@NullMarked
package dev.dhmq.data;

import org.jspecify.annotations.NullMarked;
