/// Image models of DJL's basic model zoo. They are DJL's own blocks under names.
package io.antiphon.modelzoo;
