/// Augmentation of images on the device, in training and at test time.
package io.antiphon.augmentation;
