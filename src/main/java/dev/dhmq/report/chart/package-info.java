/** Charts as inline SVG: scales, axes, bars and lines, styled by the page's own sheet. */
@NullMarked
package dev.dhmq.report.chart;

import org.jspecify.annotations.NullMarked;
