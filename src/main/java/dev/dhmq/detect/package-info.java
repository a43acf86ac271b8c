/** What a service needs: a detector that is loaded once and asked for the objects in pictures. */
@NullMarked
package dev.dhmq.detect;

import org.jspecify.annotations.NullMarked;
