/// Arrays from NumPy's files, safetensors and IDX, mapped into memory.
package io.antiphon.arrays;
