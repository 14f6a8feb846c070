# Fit the R package stm for scripts/bench_stm_r.py.
#
#   Rscript scripts/stm_in_r.R export DATA FOLDER
#       Write the documents of a data set of the package (poliblog5k or gadarian) as counts.mtx,
#       vocabulary.txt and covariates.csv.
#   Rscript scripts/stm_in_r.R fit START TOPICS DRAWS FORMULA FOLDER...
#       Fit the documents of each folder and write theta.csv, beta.csv, gamma.csv, sigma.csv,
#       effects.csv and fit.csv into its subfolder START. START is "same", from the topics in the
#       folder's start.csv, or "Spectral", the package's default.

suppressMessages(library(stm))

main <- function(args) {
  if (args[1] == "export") return(export(args[2], args[3]))
  for (folder in args[-(1:5)]) {
    fit(folder, args[2], as.integer(args[3]), as.integer(args[4]), as.formula(args[5]))
  }
}

export <- function(name, folder) {
  if (name == "poliblog5k") {
    data <- list(documents = poliblog5k.docs, vocab = poliblog5k.voc,
                 meta = poliblog5k.meta[, c("rating", "day")])
  } else {
    words <- textProcessor(gadarian$open.ended.response, gadarian, verbose = FALSE)
    data <- prepDocuments(words$documents, words$vocab, words$meta, verbose = FALSE)
    data$meta <- data$meta[, c("treatment", "pid_rep")]
  }
  entries <- do.call(rbind, lapply(seq_along(data$documents), function(i) {
    cbind(i, t(data$documents[[i]]))
  }))
  counts <- Matrix::sparseMatrix(entries[, 1], entries[, 2], x = entries[, 3],
                                 dims = c(length(data$documents), length(data$vocab)))
  Matrix::writeMM(counts, file.path(folder, "counts.mtx"))
  writeLines(data$vocab, file.path(folder, "vocabulary.txt"))
  write.csv(data$meta, file.path(folder, "covariates.csv"), row.names = FALSE)
}

fit <- function(folder, start, topics, draws, formula) {
  counts <- as(Matrix::readMM(file.path(folder, "counts.mtx")), "CsparseMatrix")
  colnames(counts) <- readLines(file.path(folder, "vocabulary.txt"))
  meta <- read.csv(file.path(folder, "covariates.csv"), stringsAsFactors = TRUE)
  for (name in names(meta)[sapply(meta, is.factor)]) {
    # The reference is the most frequent level, as in THETA.
    meta[[name]] <- relevel(meta[[name]], names(which.max(table(meta[[name]]))))
  }
  began <- proc.time()
  if (start == "same") {
    topic_word <- as.matrix(data.table::fread(file.path(folder, "start.csv"), header = FALSE))
    model <- stm(counts, K = topics, prevalence = formula, data = meta, init.type = "Custom",
                 control = list(custom.beta = list(unname(log(topic_word)))), verbose = FALSE)
  } else {
    model <- stm(counts, K = topics, prevalence = formula, data = meta, init.type = start,
                 seed = 1, verbose = FALSE)
  }
  seconds <- sum((proc.time() - began)[1:2])
  set.seed(1)
  found <- summary(estimateEffect(formula, model, meta, nsims = draws))
  effects <- do.call(rbind, lapply(found$tables, function(table) c(table[, 1], table[, 2])))
  bound <- model$convergence$bound
  into <- file.path(folder, start)
  dir.create(into, showWarnings = FALSE)
  write <- function(values, name) {
    data.table::fwrite(as.data.frame(values), file.path(into, name), col.names = FALSE)
  }
  write(model$theta, "theta.csv")
  write(exp(model$beta$logbeta[[1]]), "beta.csv")
  write(as.matrix(model$mu$gamma), "gamma.csv")
  write(model$sigma, "sigma.csv")
  write(effects, "effects.csv")
  write(t(c(length(bound), tail(bound, 1), seconds)), "fit.csv")
}

main(commandArgs(trailingOnly = TRUE))
