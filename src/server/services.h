#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "http/message.h"
#include "server/access.h"
#include "server/closeness.h"
#include "server/duplicate_reports.h"
#include "server/gate.h"
#include "server/jobs.h"
#include "server/open_collections.h"
#include "server/photo_input.h"
#include "server/server_metrics.h"
#include "server/thumbnails.h"

namespace semblance::server {

/// What the routes work with: each knows how to be used by many threads at once.
struct Services {
  OpenCollections& collections;
  PhotoInput& photos;
  Thumbnails& thumbnails;
  ClosenessScale& closeness;
  Jobs& jobs;
  DuplicateReports& duplicates;
  Gate& inference;  ///< as many photos go through the network at once as there are workers
  AccessControl& access;
  ServerMetrics& metrics;
  const std::atomic<bool>& stopping;
};

/// A request that was let in.
struct Call {
  const http::Request& request;
  std::vector<std::string> parameters;  ///< what stands in the pattern's places
  Caller caller;

  [[nodiscard]] const std::atomic<bool>* cancelled() const { return request.cancelled.get(); }
};

}  // namespace semblance::server
