/// The callback [io.antiphon.mlflow.Mlflow], known as `mlflow`.
package io.antiphon.mlflow;
