/** Reading the user's files with clear complaints, and writing files that are never half there. Knows no other room. */
@NullMarked
package dev.dhmq.files;

import org.jspecify.annotations.NullMarked;
