/** Boxes, in plain Java: anchors, matching, coding, suppression. As torchvision does each of them. */
@NullMarked
package dev.dhmq.model.box;

import org.jspecify.annotations.NullMarked;
