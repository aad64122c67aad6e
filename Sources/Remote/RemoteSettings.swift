#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// How remote files are reached.
package struct RemoteSettings: Hashable, Sendable {
  /// The token for the endpoint; sent there and nowhere else.
  package var token: String?
  /// The Hugging Face Hub, or a mirror of it.
  package var endpoint: String
  /// The folder of the local Hugging Face cache; nil where there is no home folder.
  package var cacheFolder: String?
  /// Whether only the local cache may be used.
  package var isOffline: Bool
  /// Whether `http://` is allowed to other machines; to this one it always is.
  package var allowsPlainHTTP: Bool
  /// How often a request that fails without progress is tried.
  package var attempts = 5
  /// Seconds before the second attempt; doubled for each that follows.
  package var retryDelay = 0.5
  /// Seconds without data after which a connection counts as broken.
  package var timeout = 60
  /// Bytes a second, over `timeout` seconds, below which a connection counts as broken.
  package var slowest = 1024
  /// Requests that one location may take, beside one for every 64 KiB that arrive.
  package var requests = 10_000
  /// Bytes of one block of the cache in memory.
  package var blockBytes = 1 << 20
  /// Bytes of the cache in memory, for all files of one location.
  package var cacheBytes = 64 << 20

  /// Settings without a token and without a local cache.
  package init(
    endpoint: String = "https://huggingface.co", token: String? = nil, cacheFolder: String? = nil,
    isOffline: Bool = false, allowsPlainHTTP: Bool = false
  ) {
    self.endpoint = endpoint
    self.token = token
    self.cacheFolder = cacheFolder
    self.isOffline = isOffline
    self.allowsPlainHTTP = allowsPlainHTTP
  }

  /// What the environment says: `HF_TOKEN`, `HF_ENDPOINT`, `HF_HUB_CACHE`, `HF_HOME`,
  /// `XDG_CACHE_HOME`, `HF_HUB_OFFLINE`.
  ///
  /// Proxies (`https_proxy`, `no_proxy` and so on) are read by curl itself.
  package static var environment: RemoteSettings { RemoteSettings(environment: variable) }

  /// The same from any table of variables.
  init(environment variable: (String) -> String?) {
    func value(_ name: String) -> String? {
      variable(name).flatMap { $0.isEmpty ? nil : $0 }
    }
    let caches =
      value("XDG_CACHE_HOME") ?? value("HOME").map { $0 + "/.cache" }
    let home = value("HF_HOME") ?? caches.map { $0 + "/huggingface" }
    self.init(
      endpoint: value("HF_ENDPOINT") ?? "https://huggingface.co", token: value("HF_TOKEN"),
      cacheFolder: value("HF_HUB_CACHE") ?? value("HUGGINGFACE_HUB_CACHE")
        ?? home.map { $0 + "/hub" },
      isOffline: ["1", "on", "yes", "true"].contains((value("HF_HUB_OFFLINE") ?? "").lowercased()))
  }

  private static func variable(_ name: String) -> String? {
    guard let text = unsafe getenv(name) else { return nil }
    return unsafe String(cString: text)
  }
}
