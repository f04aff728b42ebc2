/// What plug-ins provide: one interface per kind of component, each found by `ServiceLoader`.
package io.antiphon.core.spi;
