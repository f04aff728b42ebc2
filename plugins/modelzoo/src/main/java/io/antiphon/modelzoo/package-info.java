/// Image models of DJL's basic model zoo. They are DJL's own blocks; the providers name them.
package io.antiphon.modelzoo;
