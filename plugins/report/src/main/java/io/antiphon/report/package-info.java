/// The callback [io.antiphon.report.Report], known as `report`.
package io.antiphon.report;
